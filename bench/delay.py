"""A line that is as slow as one to another region: a TCP proxy that hands on what it reads so much later, each way.

    python3 delay.py HOST PORT DELAY_MS

It prints its own port, and ends with its standard input.
"""

import asyncio
import socket
import sys
from contextlib import suppress

CHUNK = 1 << 16
UNDER_WAY = 256
"""The most chunks that are under way in one direction: whoever sends more waits, as on a line with a window."""


async def hand_on(reader, writer, delay_seconds):
    """Hands on all of `reader`; what comes in later never waits for what came before it."""
    clock = asyncio.get_running_loop().time
    under_way = asyncio.Queue(UNDER_WAY)

    async def read():
        with suppress(ConnectionError):
            while chunk := await reader.read(CHUNK):
                await under_way.put((clock() + delay_seconds, chunk))
        await under_way.put((clock() + delay_seconds, b""))

    reading = asyncio.create_task(read())
    try:
        while True:
            due, chunk = await under_way.get()
            if (left := due - clock()) > 0:
                await asyncio.sleep(left)
            if not chunk:
                break
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        reading.cancel()
        writer.close()


async def main(host, port, delay_seconds):
    async def accept(reader, writer):
        with suppress(ConnectionError):
            # What opening a line costs there.
            await asyncio.sleep(2 * delay_seconds)
            there_reader, there_writer = await asyncio.open_connection(host, port)
            for one in (writer, there_writer):
                one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ways = hand_on(reader, there_writer, delay_seconds), hand_on(there_reader, writer, delay_seconds)
            await asyncio.gather(*ways)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) / 1000))
    except KeyboardInterrupt:
        pass
