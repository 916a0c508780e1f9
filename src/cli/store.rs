//! What is written: files that are whole or as they were, and whatever else has a name.

use std::format;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::string::String;

/// Links that are followed: Linux follows no more either.
const LINKS: usize = 40;

/// Whether this is another name for the standard output.
pub(super) fn is_standard_output(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name))
}

/// Writes to a file, or to the standard output where a `-` stands for it. A regular file has the old content or the new one,
/// whatever happens on the way, and the permissions, owner and group that it had. A device or a pipe is written to as it is:
/// in its place there must not be a file.
pub(super) fn write(path: &Path, octets: &[u8]) -> Result<(), String> {
    if is_standard_output(path) {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(octets).and_then(|()| out.flush());
        return written.map_err(|error| format!("standard output: {error}"));
    }
    let failed = |error: Error| format!("{}: cannot be written: {error}", path.display());
    let old = match fs::metadata(path) {
        Ok(old) => Some(old),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    let (end, is_of_system) = target(path).map_err(failed)?;
    match old {
        Some(old) if is_of_system || !old.is_file() => {
            OpenOptions::new().append(true).open(path).and_then(|mut there| there.write_all(octets)).map_err(failed)
        }
        old => replace(&end, old.as_ref(), octets),
    }
}

/// Where the links of a path end, though nothing may be there; and whether one of them stands for a file that a process has
/// open: its name may be that of another file by now, or none.
fn target(path: &Path) -> Result<(PathBuf, bool), Error> {
    let (mut end, mut is_of_system) = (path.to_path_buf(), false);
    for _ in 0..=LINKS {
        is_of_system |= end.starts_with("/proc");
        let Ok(next) = fs::read_link(&end) else { return Ok((end, is_of_system)) };
        // A relative one is relative to the folder of the link.
        end = match end.parent() {
            Some(folder) => folder.join(next),
            None => next,
        };
    }
    Err(Error::other("there are too many links"))
}

/// Writes a file beside `path`, brings it to the disk, and puts it in the place of `path`.
fn replace(path: &Path, old: Option<&Metadata>, octets: &[u8]) -> Result<(), String> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = path.file_name().ok_or_else(|| format!("{}: is no file", path.display()))?;
    let beside: PathBuf = folder.join(format!(".{}.{}.new", name.to_string_lossy(), std::process::id()));
    let written = (|| {
        let mut file = File::create_new(&beside)?;
        if let Some(old) = old {
            // Permissions come last: who changes the owner takes some of them away.
            keep_owner(&beside, &file.metadata()?, old)?;
            file.set_permissions(old.permissions())?;
        }
        file.write_all(octets)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        // The name is in the folder, which is written on its own; not every system can be told.
        let _not_everywhere = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(())
    })();
    written.map_err(|error: Error| {
        let _may_not_be_there = fs::remove_file(&beside);
        format!("{}: cannot be written: {error}", path.display())
    })
}

/// Gives the new file to whom the old one belongs: who could read and write it has to be able to still.
#[cfg(unix)]
fn keep_owner(beside: &Path, new: &Metadata, old: &Metadata) -> Result<(), Error> {
    use std::os::unix::fs::{MetadataExt, chown};
    if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    let failed = |error: Error| Error::new(error.kind(), format!("its owner and group cannot be kept: {error}"));
    chown(beside, Some(old.uid()), Some(old.gid())).map_err(failed)
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &Metadata, _: &Metadata) -> Result<(), Error> {
    Ok(())
}
