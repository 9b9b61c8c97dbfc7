"""Articles as collected, made canonical."""

from goldpress.seeds.article import Article, Remark, Removed
from goldpress.seeds.inventory import ArticlesReport, articles, read_articles

__all__ = ["Article", "ArticlesReport", "Remark", "Removed", "articles", "read_articles"]
