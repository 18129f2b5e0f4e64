"""Starts the tslab kernel so that no other user of the machine reaches its channels.

Where the system has Unix sockets, they lie in a folder of our own; elsewhere the channels are encrypted with keys of the connection file.
"""

import atexit
import itertools
import os
import shutil
import socket
import tempfile

import zmq
from jupyter_client.manager import AsyncKernelManager

# What macOS allows the path of a socket; Linux allows 107.
LONGEST = 103


def usable(folder):
    """Whether sockets can lie there: some file systems have none."""
    file = os.path.join(folder, "0-0")
    if len(os.fsencode(file)) > LONGEST - 12:
        return False
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(file)
        os.remove(file)
        return True
    except OSError:
        return False


class SocketFolder:
    """A folder that only this user may enter, made when the first kernel starts and removed with this process."""

    def __init__(self):
        self.path = None
        self.names = itertools.count(1)

    def make(self):
        if self.path and os.path.isdir(self.path):
            return True
        if not hasattr(socket, "AF_UNIX") or os.name == "nt" or not zmq.has("ipc"):
            return False
        for parent in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):
            try:
                # For its owner alone, whatever the umask.
                folder = tempfile.mkdtemp(prefix="lidvae-", dir=parent) if parent else None
            except OSError:
                continue
            if folder and usable(folder):
                self.path = folder
                atexit.register(shutil.rmtree, folder, ignore_errors=True)
                return True
            if folder:
                os.rmdir(folder)
        return False

    def next(self):
        """Where a kernel's sockets lie, but for their numbers."""
        return os.path.join(self.path, str(next(self.names)))


folder = SocketFolder()


class PrivateChannels:
    """For a KernelManager. Another kernel than tslab is left as it is; so is what a person configured."""

    def _transport_default(self):
        if self.kernel_name != "tslab":
            return "tcp"
        if folder.make():
            return "ipc"
        how = "encrypted" if zmq.has("curve") else "signed, but readable to other users of this machine"
        self.log.warning("No Unix sockets here: the kernel's channels use TCP ports, %s.", how)
        return "tcp"

    def _transport_encryption_default(self):
        return "auto" if self.kernel_name == "tslab" and self.transport == "tcp" and zmq.has("curve") else "disabled"

    def _ip_default(self):
        return folder.next() if self.transport == "ipc" and folder.make() else super()._ip_default()


class PrivateKernelManager(PrivateChannels, AsyncKernelManager):
    """Of a headless run."""
