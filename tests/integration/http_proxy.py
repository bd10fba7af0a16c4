"""nginx and HAProxy as reverse proxies in front of one of our servers, to which they keep connections
open. Each can be used only if its Debian package is installed."""

import os
import shutil
import socket
import tempfile

import liaison

NGINX = """{user}
pid {folder}/nginx.pid;
error_log stderr;
worker_processes 1;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    types {{ text/plain txt; text/javascript js; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 16m;
    keepalive_requests 100000000;
    sendfile on;
    tcp_nopush on;
{rest}
}}
"""
NGINX_PROXY = """    upstream ours {{ server 127.0.0.1:{port}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{listen};
        location / {{
            proxy_pass http://ours;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_buffering off;
            proxy_request_buffering off;
        }}
    }}
"""
NGINX_FILES = """    server {{
        listen 127.0.0.1:{listen} backlog=4096;
        root {root};
    }}
"""
HAPROXY = """global
    maxconn 2000
defaults
    mode http
    option http-keep-alive
    option forwardfor
    http-reuse always
    timeout client 30s
    timeout server 30s
    timeout connect 5s
listen ours
    bind 127.0.0.1:{listen}
    server ours 127.0.0.1:{port}
"""


def found(name):
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


class Front(liaison.Daemon):
    """A proxy, or nginx that serves files. It is ready when it accepts a connection."""

    def __init__(self, folder, name, text, *argv):
        folder = tempfile.mkdtemp(prefix=name + "-", dir=str(folder))
        self.port = liaison.free_port()
        self.address = ("127.0.0.1", self.port)
        text = text(folder, self.port)
        config = liaison.write_file(os.path.join(folder, name + ".conf"), text)
        super().__init__(folder, name, *[config if word == "CONFIG" else word for word in argv],
                         binary=found(name))
        self.expected = (143, -15)  # HAProxy's exit statuses on SIGTERM

    def start(self):
        super().start()

        def listens():
            assert self.running(), f"{self.name} ended:\n{self.log()[-2000:]}"
            try:
                socket.create_connection(self.address, timeout=1).close()
            except OSError:
                return False
            return True

        liaison.wait_until(listens, 20, f"{self.name} listens")
        return self


def _nginx(rest, connections=1000, **values):
    user = "user root;" if os.getuid() == 0 else ""
    return lambda folder, listen: NGINX.format(
        user=user, folder=folder, connections=connections, rest=rest.format(listen=listen, **values))


def nginx(folder, port):
    return Front(folder, "nginx", _nginx(NGINX_PROXY, port=port), "-c", "CONFIG", "-g", "daemon off;")


def nginx_files(folder, root):
    return Front(folder, "nginx", _nginx(NGINX_FILES, 8000, root=root), "-c", "CONFIG", "-g",
                 "daemon off; master_process off;")


def haproxy(folder, port):
    return Front(folder, "haproxy", lambda _, listen: HAPROXY.format(listen=listen, port=port), "-db", "-f", "CONFIG")


PROXIES = {"nginx": nginx, "haproxy": haproxy}
