"""The real aws, imported once: `aws_server.py PROGRAM SOCKET`, by the Python that PROGRAM itself names."""

import importlib
import sys

import awscli.clidriver
import awscli.handlers
from forks import serve


def run():
    # It says in a variable where its data is; the variables are the caller's now.
    importlib.reload(awscli)
    return awscli.clidriver.main()


serve(sys.argv[2], sys.argv[1], run)
