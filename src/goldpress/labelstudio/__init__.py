"""The only room that speaks HTTP."""

from goldpress.labelstudio.access import LoginReport, login
from goldpress.labelstudio.answers import Person, Project, TaskStub
from goldpress.labelstudio.client import Client
from goldpress.labelstudio.remains import sweep_exports
from goldpress.labelstudio.server import Server, serve, start_server
from goldpress.labelstudio.sessions import mint_token, sign_up
from goldpress.labelstudio.tokens import Account, known_accounts, load_token, save_token
from goldpress.labelstudio.wire import TooMuch, UnclearAnswer

__all__ = [
    "Account",
    "Client",
    "LoginReport",
    "Person",
    "Project",
    "Server",
    "TaskStub",
    "TooMuch",
    "UnclearAnswer",
    "known_accounts",
    "load_token",
    "login",
    "mint_token",
    "save_token",
    "serve",
    "sign_up",
    "start_server",
    "sweep_exports",
]
