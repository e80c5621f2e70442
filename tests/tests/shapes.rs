//! The logs of the rise watch's fixtures are what `tests/src/shapes.rs` makes; `UPDATE_EXPECT=1` writes them anew.

use expect_test::expect_file;
use redtape_tests::{project, shapes::shapes};

#[test]
fn every_log_is_what_its_course_makes() {
    for shape in shapes() {
        let log = project().join("fixtures").join(shape.name).join("activities.ndjson");
        expect_file![log].assert_eq(&shape.log);
    }
}
