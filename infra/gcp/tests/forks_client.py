"""`forks_client.py SOCKET ARGUMENT…`: the program that is served at SOCKET, with this process's streams, folder and variables."""

import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    variables = [f"{name}={value}" for name, value in os.environ.items()]
    words = [os.getcwd(), str(len(variables)), *variables, *sys.argv[2:]]
    socket.send_fds(server, [b"\n"], [0, 1, 2])
    server.sendall(os.fsencode("\0".join(words)))
    server.shutdown(socket.SHUT_WR)
    # Nothing, if the server was ended.
    sys.exit(int(server.recv(16) or 1))
