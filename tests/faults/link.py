"""A TCP relay between agents and intake that simulates a bad network."""

import asyncio
import socket
import threading

from liaison import free_port

HELD = 64  # chunks under way in one direction; when there are more, the sender waits


class Link:
    """cut() ends all connections at once; target may be set to another port for later connections.
    These attributes apply to all octets until they are reset:

        stalled   nothing passes
        delay     seconds until octets arrive
        piece     octets in each packet, one packet a millisecond; 0: as they come

    held_up counts what had to wait because of them.
    """

    def __init__(self, port):
        self.target, self.port = port, free_port()
        self.endpoint = f"tcp://127.0.0.1:{self.port}"
        self.stalled, self.delay, self.piece, self.held_up = False, 0.0, 0, 0
        self.writers, self.tasks = set(), set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result(10)

    def _run(self):
        self.loop.run_forever()

    async def _listen(self):
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def _accept(self, near_reader, near):
        self.tasks.add(asyncio.current_task())
        try:
            far_reader, far = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            near.transport.abort()
            return
        self.writers |= {near, far}
        jobs = []
        for reader, writer in ((near_reader, far), (far_reader, near)):
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            queue = asyncio.Queue(HELD)
            jobs += [asyncio.ensure_future(self._read(reader, queue)),
                     asyncio.ensure_future(self._write(queue, writer))]
        try:
            await asyncio.wait(jobs, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            for writer in (near, far):
                writer.transport.abort()
            self.writers -= {near, far}
            self.tasks.discard(asyncio.current_task())

    async def _read(self, reader, queue):
        """Reads independently of the writing, so that a delay does not lower the rate."""
        octets = b"."
        while octets:
            octets = await reader.read(65536)
            await queue.put((self.loop.time() + self.delay, octets))

    async def _write(self, queue, writer):
        while True:
            due, octets = await queue.get()
            self.held_up += self.delay > 0 and due > self.loop.time()
            await asyncio.sleep(max(0, due - self.loop.time()))
            if not octets:
                writer.close()
                await writer.wait_closed()
                raise EOFError  # one side has closed, so close the other
            while octets:
                while self.stalled:
                    self.held_up += 1
                    await asyncio.sleep(0.02)
                part = octets[:self.piece or len(octets)]
                octets = octets[len(part):]
                writer.write(part)
                await writer.drain()
                if self.piece:
                    self.held_up += 1
                    await asyncio.sleep(0.001)

    def cut(self):
        """Ends all connections as a failing network does."""
        self.loop.call_soon_threadsafe(lambda: [w.transport.abort() for w in set(self.writers)])

    def close(self):
        async def end():
            self.server.close()
            for task in set(self.tasks):
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()
