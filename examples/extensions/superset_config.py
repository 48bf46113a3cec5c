import os

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = "sqlite:////app/superset_home/superset.db?timeout=30"

FEATURE_FLAGS = {"ENABLE_EXTENSIONS": True}

# Superset 6.1 reads no environment variable for it: without this line it has no extensions, and says nothing.
EXTENSIONS_PATH = os.environ.get("SUPERSET_EXTENSIONS_TARGET") or os.environ["SUPERSET_EXTENSIONS_PATH"]
