"""Runs beside an embedded server, and ends it when goldpress is gone, however it went.

``python keeper.py PID_FILE COMMAND…``: standard input is a pipe from goldpress. It ends when goldpress ends, also when
that was killed; then the command is stopped. This file imports nothing but the standard library: it is run as a script.
"""

import signal
import subprocess
import sys
import threading
from pathlib import Path

PATIENCE_SECONDS = 10
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main() -> None:
    """Start the command, wait for it or for the end of standard input, and stop it."""
    pid_file, command = Path(sys.argv[1]), sys.argv[2:]
    for number in SIGNALS:
        signal.signal(number, lambda *_: sys.exit(0))
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        # In case that the keeper is killed too: the next start finds the server by this.
        pid_file.write_text(f"{child.pid}\n", encoding="utf-8")
        threading.Thread(target=_stop_at_end_of_input, args=(child,), daemon=True).start()
        code = child.wait()
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        _stop(child)
        pid_file.unlink(missing_ok=True)
    sys.exit(code)


def _stop_at_end_of_input(child: "subprocess.Popen[bytes]") -> None:
    sys.stdin.buffer.read()
    _stop(child)


def _stop(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    main()
