"""Cuts what connects a broker with its bridges, at any moment, as a failing pipe would. Linux only.

It shuts down the broker's end of a connection, which it borrows from the broker's process.
"""

import ctypes
import os
import pathlib
import socket

PIDFD_GETFD = 438  # the same number on every architecture
CONNECTED = "03"
HOW = (socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR)


def inodes(address):
    """The connected sockets of a listener's path."""
    for line in pathlib.Path("/proc/net/unix").read_text().splitlines()[1:]:
        fields = line.split()
        if len(fields) == 8 and fields[5] == CONNECTED and fields[7] == address:
            yield fields[6]


def descriptors(process_id, address):
    wanted = {f"socket:[{inode}]" for inode in inodes(address)}
    for entry in os.scandir(f"/proc/{process_id}/fd"):
        try:
            if os.readlink(entry.path) in wanted:
                yield int(entry.name)
        except FileNotFoundError:  # closed just now
            pass


def cut(process_id, address, how):
    """Cuts every connection that process has at its socket `address`, in the direction `how`. How many there were."""
    libc = ctypes.CDLL(None, use_errno=True)
    process = os.pidfd_open(process_id)
    count = 0
    try:
        for number in list(descriptors(process_id, address)):
            borrowed = libc.syscall(PIDFD_GETFD, process, number, 0)
            if borrowed < 0:  # closed just now
                continue
            try:
                with socket.socket(fileno=borrowed) as connection:
                    borrowed = -1
                    connection.shutdown(how)
                    count += 1
            except OSError:  # the other end was faster, or the number is another file's by now
                if borrowed >= 0:
                    os.close(borrowed)
    finally:
        os.close(process)
    return count
