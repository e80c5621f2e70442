//! Reads what CRMs, calendars and process engines export, and makes activities of it, as lines of the canonical form.
//!
//! [`Input`] reads several logs as one, in the order of time. A [`Mapping`] says which column, path or expression of an export
//! becomes which field. Nothing here judges an activity, and nothing here runs the plugin.

pub mod accounts;
mod cells;
mod error;
mod ids;
pub mod input;
pub mod mapping;
pub mod names;
pub mod text_form;

pub use accounts::Accounts;
pub use error::Error;
pub use input::Input;
pub use mapping::Mapping;
pub use names::Names;
pub use redtape_model::mistakes::{self, Mistake, Mistakes, Shown};
pub use redtape_model::{calendar, places, text};
