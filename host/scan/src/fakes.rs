//! The calls that a scan does not make, for engines that stand in for the plugin in tests.

/// Answers `info` with no signals, and every other call that is not written by whoever uses it with a panic.
macro_rules! not_asked_for {
    () => {
        fn info(&mut self) -> Result<redtape::PluginInfo, redtape::Error> {
            let [name, version, contract] = Default::default();
            Ok(redtape::PluginInfo { name, version, contract, signals: Vec::new() })
        }
        fn policy_schema(&mut self) -> Result<String, redtape::Error> {
            unreachable!()
        }
        fn configure(&mut self, _: &str) -> Result<(), redtape::Error> {
            unreachable!()
        }
        fn policy_for(
            &mut self,
            _: &str,
            _: &redtape::Profile,
        ) -> Result<redtape::PolicyView, redtape::Error> {
            unreachable!()
        }
        fn observe(&mut self, _: &[redtape::Activity]) -> Result<redtape::Intake, redtape::Error> {
            unreachable!()
        }
        fn history(&mut self, _: &str, _: &str) -> Result<Vec<redtape::Point>, redtape::Error> {
            Ok(Vec::new())
        }
        fn feedback(&mut self, _: &str, _: redtape::Verdict) -> Result<redtape::Alert, redtape::Error> {
            unreachable!()
        }
        fn accounts(&mut self, _: &str, _: u32) -> Result<Vec<String>, redtape::Error> {
            unreachable!()
        }
        fn snapshot(&mut self, _: &[String]) -> Result<String, redtape::Error> {
            unreachable!()
        }
        fn restore(&mut self, _: &str) -> Result<(), redtape::Error> {
            unreachable!()
        }
        fn forget(&mut self, _: &[String]) -> Result<u32, redtape::Error> {
            unreachable!()
        }
    };
}
pub(crate) use not_asked_for;
