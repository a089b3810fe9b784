"""On which kind of file system a folder lies: it decides how SQLite may write there."""

from __future__ import annotations

from pathlib import Path

NETWORK_TYPES = frozenset(
    {
        "9p", "afs", "beegfs", "ceph", "cifs", "fhgfs", "fuse.ceph", "fuse.glusterfs",
        "fuse.juicefs", "fuse.s3fs", "fuse.sshfs", "gfs2", "glusterfs", "gpfs", "lustre",
        "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "pvfs2", "smb3", "smbfs", "virtiofs",
        "vboxsf", "wekafs",
    }
)  # fmt: skip
"""File systems that other machines, or a host, may write to: no shared memory for WAL there."""


def file_system_type(folder: Path, mounts: str | None = None) -> str | None:
    """The type of the file system that holds `folder`, such as "ext4" or "nfs4".

    `mounts` is text in the form of /proc/mounts, which is read by default. None
    where the system has no such list. `folder` need not exist.
    """
    if mounts is None:
        try:
            mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return None
    place = folder.resolve()
    best: tuple[int, str] | None = None
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        mount = Path(_unescape(fields[1]))
        depth = len(mount.parts)
        # Of two mounts on one place, the later one lies on top.
        if place.is_relative_to(mount) and (best is None or depth >= best[0]):
            best = (depth, fields[2])
    return None if best is None else best[1]


def is_network_folder(folder: Path) -> bool:
    """Whether `folder` lies on a network file system; False where that cannot be told."""
    return file_system_type(folder) in NETWORK_TYPES


def lasting_inode(path: Path) -> int:
    """The inode of a file, which a copy does not share; 0 on a network file system.

    There the numbers may be made up, and change. Raises OSError where there is no file.
    """
    return 0 if is_network_folder(path.parent) else path.stat().st_ino


def _unescape(field: str) -> str:
    """A path of /proc/mounts, where blanks and backslashes are octal escapes."""
    for code in ("\\040", "\\011", "\\012", "\\134"):
        field = field.replace(code, chr(int(code[1:], 8)))
    return field
