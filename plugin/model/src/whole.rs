//! Small files that are read whole, such as policies, mappings and keys: never more than they may hold.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads a file of at most `bytes_max` bytes; `what` says what it is to be, for messages.
///
/// # Errors
///
/// Where it cannot be read, or is longer: no more of it is read than shows that.
pub fn bytes(path: &Path, what: &str, bytes_max: usize) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    if bytes.len() > bytes_max {
        let told = format!("it is longer than {bytes_max} bytes, which a {what} may have");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, told));
    }
    Ok(bytes)
}

/// The same as text.
///
/// # Errors
///
/// As [`bytes`]; where it is no UTF-8.
pub fn text(path: &Path, what: &str, bytes_max: usize) -> io::Result<String> {
    String::from_utf8(bytes(path, what, bytes_max)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let told = format!("a {what} is UTF-8, and it is not, from byte {at} on");
        io::Error::new(io::ErrorKind::InvalidData, told)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(read: io::Result<String>) -> String {
        read.unwrap_err().to_string()
    }

    #[test]
    fn no_more_is_read_than_a_file_may_have() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p");
        std::fs::write(&file, "12345").unwrap();
        assert_eq!(text(&file, "policy", 5).unwrap(), "12345");
        assert!(
            told(text(&file, "policy", 4)).ends_with("it is longer than 4 bytes, which a policy may have")
        );
        std::fs::write(&file, b"1\xff").unwrap();
        assert!(told(text(&file, "policy", 4)).ends_with("a policy is UTF-8, and it is not, from byte 1 on"));
        #[cfg(unix)]
        assert!(told(text(Path::new("/dev/zero"), "key", 9)).contains("longer than 9 bytes"));
    }
}
