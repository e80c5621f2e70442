//! The same records as other programs would have written them.
//!
//! What must come of it is `tests/dialects.rs`.

mod cell;
mod documents;
mod sheet;
mod tables;
mod workbook;
mod written;

pub use cell::{Cell, Kind, Locale};
pub use documents::{documents, names, repeated};
pub use sheet::Sheet;
pub use tables::tables;
pub use workbook::{archive, of_rows, with_texts, workbook};
pub use written::{Bytes, Encoding, Quoting, Written, encoded};

/// The name of a dialect, the name of the file, and its bytes; none where a character has no place in the encoding, or there is
/// nothing to be written otherwise.
pub type File = (String, &'static str, Option<Bytes>);
