"""The same for JupyterLab's server; apart, for a headless run does without the server."""

from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from lidvae_kernel import PrivateChannels


class LabKernelManager(PrivateChannels, ServerKernelManager):
    """Of JupyterLab."""
