"""Runs a notebook through its kernel and tells how it goes, one JSON line an event.

    python runner.py [--keep-going] [--with-parent] [--cell-seconds=S] [--seconds=S] NOTEBOOK OUT.ipynb [OUT.html]

The executed notebook is written whole, also when a cell fails. SIGINT, SIGTERM and SIGHUP end the kernel, which writes
the checkpoint of a training under way first, and then the run; so does, with --with-parent, the end of standard input.
"""

import asyncio
import json
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from lidvae_kernel import PrivateKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat.v4 import new_output


# Seconds for the step under way and its checkpoint; then the kernel is killed.
GRACE = 20

# Characters that a cell may print: a loop that prints for ever would fill memory, disk and every page that shows it.
PRINTED = 1_000_000
# And of the charts, tables and pictures that it shows, as text.
SHOWN = 50_000_000


def say(event, **facts):
    try:
        print(json.dumps({"event": event, **facts}), flush=True)
    except OSError:
        # Nobody listens any more; the notebook is still to be written.
        pass


class OutOfTime(Exception):
    """A cell, or the notebook, ran for longer than it may."""


class Limits:
    """How long a cell and the whole notebook may run, in seconds; None for as long as they like."""

    def __init__(self, cell=None, whole=None):
        self.cell, self.whole = cell, whole
        self.latest = None if whole is None else time.monotonic() + whole

    async def hold(self, work):
        left = None if self.latest is None else max(0, self.latest - time.monotonic())
        limits = [limit for limit in (self.cell, left) if limit is not None]
        task = asyncio.ensure_future(work)
        await asyncio.wait({task}, timeout=min(limits, default=None))
        if task.done():
            return task.result()
        # nbclient takes a cancelled cell for a dead kernel, which it is soon.
        task.cancel()
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        if left is not None and left == min(limits):
            raise OutOfTime(f"the notebook ran for more than {self.whole:g} s (--total-timeout)")
        raise OutOfTime(f"this cell ran for more than {self.cell:g} s (--timeout)")


class Ending:
    """Hears that the run is to end, and ends its kernel."""

    def __init__(self, with_parent):
        self.by = None
        self.told = asyncio.Event()
        loop = asyncio.get_running_loop()
        if os.name != "nt":
            for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(one, self.tell, one)
            # nbclient would put its own there, which give a training no time for its checkpoint.
            loop.add_signal_handler = loop.remove_signal_handler = lambda *_: None
        if with_parent:
            listen = lambda: (os.read(0, 1), loop.call_soon_threadsafe(self.tell, signal.SIGTERM))
            threading.Thread(target=listen, daemon=True).start()

    def tell(self, by):
        self.by = self.by or by
        self.told.set()

    async def end(self, manager):
        if manager is None or not manager.has_kernel:
            return
        try:
            await manager.signal_kernel(signal.SIGTERM)
            latest = time.monotonic() + GRACE
            while await manager.is_alive() and time.monotonic() < latest:
                await asyncio.sleep(0.05)
            if await manager.is_alive():
                await manager.signal_kernel(signal.SIGKILL)
        except (OSError, RuntimeError):
            # It has ended by itself.
            pass


async def run_unless_ended(client, notebook, with_parent, limits):
    """Whether every cell ran to its end, and the signal that ended the run."""
    ending = Ending(with_parent)
    work = asyncio.ensure_future(run(client, notebook, ending, Limits(*limits)))
    told = asyncio.ensure_future(ending.told.wait())
    await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
    if ending.by is None:
        told.cancel()
        return await work, None
    await ending.end(client.km)
    # What the cell has printed is in the notebook once the end of the kernel is noticed.
    await asyncio.wait({work}, timeout=3)
    if not work.done():
        work.cancel()
        await asyncio.wait({work}, timeout=3)
    if not work.cancelled():
        work.exception()
    return False, ending.by


def headings(cells):
    """The nearest heading at or above each cell."""
    latest = ""
    for cell in cells:
        if cell.cell_type == "markdown":
            found = re.findall(r"^#{1,6}\s+(.+?)\s*#*\s*$", cell.source, re.M)
            latest = re.sub(r"[*_`$]", "", found[-1]) if found else latest
        yield latest


def write_whole(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(partial, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def read(source):
    """A notebook that is what its format says in every part, so that nothing that follows need ask."""
    notebook = nbformat.read(source, as_version=4)
    nbformat.validate(notebook)
    # Halves of characters can be read, but not written.
    nbformat.writes(notebook).encode("utf-8")
    return notebook


async def settle(client):
    """Gives rejections that no one awaited a moment to come up after the last cell."""
    request = client.kc.execute("await new Promise((later) => setTimeout(later, 200))", silent=True)
    while True:
        reply = await client.kc.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == request:
            return reply["content"]


class BoundedClient(NotebookClient):
    """Keeps of what a cell prints as much as anyone reads, and counts the rest."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.printed = {}
        # Of each cell the characters that are shown, and how many more things were not kept.
        self.shown = {}

    def output(self, outs, msg, display_id, cell_index):
        if msg["header"]["msg_type"] == "stream":
            before = self.printed.get(cell_index, 0)
            text = msg["content"]["text"]
            self.printed[cell_index] = before + len(text)
            text = text[: max(0, PRINTED - before)]
            if not text:
                return None
            msg = {**msg, "content": {**msg["content"], "text": text}}
        elif msg["header"]["msg_type"] in ("display_data", "execute_result"):
            before, more = self.shown.get(cell_index, (0, 0))
            size = sum(len(str(data)) for data in msg["content"]["data"].values())
            if before + size > SHOWN:
                self.shown[cell_index] = (before, more + 1)
                return None
            self.shown[cell_index] = (before + size, more)
        return super().output(outs, msg, display_id, cell_index)

    def clear_output(self, outs, msg, cell_index):
        self.printed.pop(cell_index, None)
        self.shown.pop(cell_index, None)
        super().clear_output(outs, msg, cell_index)

    def close_cell(self, cell, index):
        """Says at the end of a cell how much of it is not kept."""
        more = self.printed.pop(index, 0) - PRINTED
        if more > 0:
            self.note(cell, f"{more:,} more characters that this cell printed are not kept.")
        _, more = self.shown.pop(index, (0, 0))
        if more > 0:
            self.note(cell, f"{more:,} more charts or tables that this cell showed are not kept.")

    @staticmethod
    def note(cell, text):
        cell.outputs.append(new_output("stream", name="stderr", text=f"\n… {text}\n"))


def client_of(notebook, folder, keep_going):
    return BoundedClient(
        notebook,
        kernel_name="tslab",
        kernel_manager_class=PrivateKernelManager,
        timeout=None,
        allow_errors=keep_going,
        iopub_timeout=60,
        raise_on_iopub_timeout=True,
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )


async def run(client, notebook, ending, limits):
    titles = list(headings(notebook.cells))
    coded = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    say("start", cells=len(coded))
    number, failed, good = 0, None, True
    try:
        async with client.async_setup_kernel():
            for number, index in enumerate(coded, 1):
                cell = notebook.cells[index]
                began = time.monotonic()
                say("cell", number=number, title=titles[index])
                try:
                    await limits.hold(client.async_execute_cell(cell, index, store_history=True))
                except OutOfTime:
                    # The kernel is still in that cell: only its end ends it, after a checkpoint of a training.
                    await ending.end(client.km)
                    raise
                finally:
                    client.close_cell(cell, index)
                cell.execution_count = number
                error = last_error(cell)
                if error:
                    good = False
                    say("failed", number=number, title=titles[index], **error)
                else:
                    say("done", number=number, seconds=time.monotonic() - began)
            reply = await settle(client)
            if reply["status"] == "error":
                failed = {key: reply[key] for key in ("ename", "evalue", "traceback")}
                number = min(reply.get("cell") or number, len(coded))
                if coded:
                    notebook.cells[coded[number - 1]].outputs.append(new_output("error", **failed))
    except CellExecutionError as error:
        notebook.cells[coded[number - 1]].execution_count = number
        failed = last_error(notebook.cells[coded[number - 1]]) or {
            "ename": error.ename,
            "evalue": error.evalue,
            "traceback": [error.traceback],
        }
    except OutOfTime as error:
        failed = ended(str(error))
        notebook.cells[coded[number - 1]].execution_count = number
        notebook.cells[coded[number - 1]].outputs.append(new_output("error", **failed))
    except DeadKernelError:
        failed = ended(
            f"{signal.Signals(ending.by).name} ended this run while this cell ran"
            if ending.by
            else "the kernel ended while this cell ran: process.exit was called, or it crashed or ran out of memory"
        )
    except TimeoutError:
        failed = ended("the kernel did not say that this cell had ended; its output may be incomplete")
    if failed:
        title = titles[coded[number - 1]] if coded else ""
        say("failed", number=number, title=title, **failed)
    return good and failed is None


def ended(why):
    return {"ename": "Kernel", "evalue": why, "traceback": [why]}


def last_error(cell):
    errors = [output for output in cell.outputs if output.output_type == "error"]
    return {key: errors[-1][key] for key in ("ename", "evalue", "traceback")} if errors else None


def to_html(notebook, path):
    from page import page_of

    write_whole(path, page_of(notebook, path.stem))
    say("written", file=str(path))


def seconds(arguments, name):
    """The value of --name=VALUE, None where it is not given."""
    given = [one.split("=", 1)[1] for one in arguments if one.startswith(f"{name}=")]
    return float(given[0]) if given else None


def main():
    arguments = sys.argv[1:]
    keep_going = "--keep-going" in arguments
    with_parent = "--with-parent" in arguments
    limits = [seconds(arguments, name) for name in ("--cell-seconds", "--seconds")]
    source, out, *html = (Path(one) for one in arguments if not one.startswith("--"))
    try:
        notebook = read(source)
    except Exception as error:
        say("unusable", why=f"it is not a notebook ({type(error).__name__})")
        return 2
    try:
        client = client_of(notebook, source.resolve().parent, keep_going)
        good, by = asyncio.run(run_unless_ended(client, notebook, with_parent, limits))
    except (NoSuchKernel, RuntimeError) as error:
        say("unusable", why=f"the kernel did not start: {str(error).splitlines()[0]}")
        return 2
    write_whole(out, nbformat.writes(notebook) + "\n")
    say("written", file=str(out))
    if by:
        return 128 + by
    if html:
        to_html(notebook, html[0])
    say("end")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
