//! The one way in which the command writes a file: beside its place, and into it once it is whole.
//!
//! What is there already stays until then, whatever goes wrong, and is never overwritten unasked. Devices and pipes are
//! written to as they are, behind a link the file it leads to is written, and a file keeps its mode.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

use super::{Failure, out};

/// Links that are followed; the system's own limit.
const LINKS_MAX: usize = 40;

/// Files that are not whole yet. Whoever ends the process removes them, and keeps others from making new ones.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Where a command writes.
#[derive(Debug)]
pub(super) struct Destination {
    /// The place as it was named, for messages.
    name: String,
    to: To,
}

#[derive(Debug)]
enum To {
    /// Standard output, a block of whole lines at once.
    Out(Vec<u8>),
    /// A device or a pipe: there is nothing to be kept.
    Through(BufWriter<File>),
    Beside(BufWriter<NamedTempFile>, Place),
}

/// The place that a file takes once it is whole.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    /// Whether what is there may go.
    force: bool,
}

/// Bytes that are written to standard output at once.
const BLOCK_BYTES: usize = 64 << 10;

/// Refuses a place that is taken, before minutes are spent; as [`Destination::open`].
pub(super) fn check(path: &Path, force: bool) -> Result<(), Failure> {
    match is_standard_output(path) {
        true => Ok(()),
        false => place(path, force).map(|_| ()),
    }
}

/// Writes `bytes` to `path`, whole or not at all.
pub(super) fn write(path: &Path, force: bool, bytes: &[u8]) -> Result<(), Failure> {
    let mut destination = Destination::open(path, force)?;
    destination.write_all(bytes).map_err(|error| destination.failed(error))?;
    destination.end()
}

impl Destination {
    /// Begins to write to `path`; `-` and names such as `/dev/stdout` are standard output.
    ///
    /// # Errors
    ///
    /// [`Failure::Usage`] where a file is there already and is not to be overwritten, [`Failure::WriteFile`] where none
    /// can be made.
    pub(super) fn open(path: &Path, force: bool) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let to = if is_standard_output(path) {
            To::Out(Vec::new())
        } else {
            match place(path, force)? {
                Some(place) => {
                    out::heed_interrupts();
                    To::Beside(
                        BufWriter::new(beside(&place.path).map_err(|error| failed(&name, error))?),
                        place,
                    )
                }
                None => To::Through(BufWriter::new(through(path).map_err(|error| failed(&name, error))?)),
            }
        };
        Ok(Self { name, to })
    }

    /// That writing here failed, in words.
    pub(super) fn failed(&self, error: io::Error) -> Failure {
        failed(&self.name, error)
    }

    /// Puts what was written in its place.
    pub(super) fn end(self) -> Result<(), Failure> {
        let Self { name, to } = self;
        match to {
            To::Out(held) => {
                if held.is_empty() {
                    Ok(())
                } else {
                    out::write_bytes(&held)
                }
            }
            To::Through(mut file) => file.flush().map_err(|error| failed(&name, error)),
            To::Beside(file, place) => place.take(file).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => taken(Path::new(&name)),
                _ => failed(&name, error),
            }),
        }
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.to {
            To::Out(held) => {
                held.extend_from_slice(bytes);
                if held.len() >= BLOCK_BYTES {
                    out::put(held)?;
                    held.clear();
                }
                Ok(bytes.len())
            }
            To::Through(file) => file.write(bytes),
            To::Beside(file, _) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        // What is held goes out as whole lines, at the end.
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // The file itself goes with its handle.
        unfinished().retain(|path| path.exists());
    }
}

impl Place {
    /// Moves a file that is whole to its place.
    fn take(self, file: BufWriter<NamedTempFile>) -> io::Result<()> {
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        // Some disks say only here that they are full.
        file.as_file().sync_all()?;
        // Nobody ends the process between the move and the note of it.
        let mut unfinished = unfinished();
        let temporary = file.path().to_owned();
        let moved = if self.force { file.persist(&self.path) } else { file.persist_noclobber(&self.path) };
        unfinished.retain(|path| *path != temporary);
        drop(unfinished);
        moved.map(|_| ()).map_err(|error| error.error)
    }
}

/// Removes what is not whole yet. The process must end while the answer is held.
pub(super) fn abandon() -> MutexGuard<'static, Vec<PathBuf>> {
    let mut paths = unfinished();
    for path in paths.drain(..) {
        // There is nobody left to tell.
        fs::remove_file(path).unwrap_or(());
    }
    paths
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where a file is to be written; none: what is there is no file, and is written to as it is.
fn place(path: &Path, force: bool) -> Result<Option<Place>, Failure> {
    let path_as_named = path;
    let path = followed(path);
    match fs::metadata(&path) {
        Ok(about) if about.is_dir() => {
            Err(failed(&path_as_named.display().to_string(), io::ErrorKind::IsADirectory.into()))
        }
        Ok(about) if !about.is_file() || is_descriptor(path_as_named) => Ok(None),
        Ok(_) if !force => Err(taken(path_as_named)),
        _ => Ok(Some(Place { path, force })),
    }
}

/// The file that `path` leads to, which need not be there.
fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        // What the system has open is no place in a folder.
        if is_descriptor(&path) {
            break;
        }
        let Ok(target) = fs::read_link(&path) else { break };
        path = path.parent().map_or_else(|| target.clone(), |folder| folder.join(&target));
    }
    path
}

/// Whether it names what the process has open already.
fn is_descriptor(path: &Path) -> bool {
    ["/dev/fd", "/proc/self/fd"].iter().any(|folder| path.parent() == Some(Path::new(folder)))
        || ["/dev/stdout", "/dev/stderr"].iter().any(|name| path == Path::new(name))
}

fn is_standard_output(path: &Path) -> bool {
    let names = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
    names.iter().any(|name| path == Path::new(name) || followed(path) == Path::new(name))
}

/// Opens what is no file. What is there before, such as the beginning of a log, stays.
fn through(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).open(path).or_else(|_| OpenOptions::new().write(true).open(path))
}

/// A file beside its place: as open as the one that it is to replace, or as any other.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{}.", redtape_model::text::cut(&name, 100));
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".unfinished");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut unfinished = unfinished();
    let file = builder.tempfile_in(folder)?;
    unfinished.push(file.path().to_owned());
    drop(unfinished);
    if let Ok(about) = fs::metadata(path) {
        #[cfg(unix)]
        keep_owner(&file, &about);
        file.as_file().set_permissions(about.permissions())?;
    }
    Ok(file)
}

/// Who may give files away, keeps the owner of the one that is replaced; for everybody else it becomes their own.
#[cfg(unix)]
fn keep_owner(file: &NamedTempFile, about: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let is_same =
        file.as_file().metadata().is_ok_and(|own| (own.uid(), own.gid()) == (about.uid(), about.gid()));
    if !is_same && let Err(error) = fchown(file.as_file(), Some(about.uid()), Some(about.gid())) {
        log::debug!("the owner of the file is not kept: {error}");
    }
}

fn failed(name: &str, source: io::Error) -> Failure {
    Failure::WriteFile { name: name.to_owned(), source }
}

fn taken(path: &Path) -> Failure {
    Failure::Usage(format!("`{}` is there already: --force overwrites it", path.display()))
}
