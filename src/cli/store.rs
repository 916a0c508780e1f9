//! Files that are whole or as they were.

use std::format;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::string::String;

/// Writes a file beside `path`, brings it to the disk, and puts it in the place of `path`. Whatever
/// happens on the way, `path` has the old content or the new one, and the permissions that it had.
pub(super) fn replace(path: &Path, octets: &[u8]) -> Result<(), String> {
    // What a link points to is replaced, not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let failed = |error: std::io::Error| format!("{}: cannot be written: {error}", path.display());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = path.file_name().ok_or_else(|| format!("{}: is no file", path.display()))?;
    let beside: PathBuf = folder.join(format!(".{}.{}.new", name.to_string_lossy(), std::process::id()));
    let written = (|| {
        let mut file = File::create_new(&beside)?;
        match fs::metadata(&path) {
            Ok(old) => file.set_permissions(old.permissions())?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        file.write_all(octets)?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        // The name is in the folder, which is written on its own; not every system can be told.
        let _not_everywhere = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(())
    })();
    written.map_err(|error| {
        let _may_not_be_there = fs::remove_file(&beside);
        failed(error)
    })
}
