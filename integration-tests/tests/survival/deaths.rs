//! What each death does to a scene.

use crate::scene::Scene;
use crate::table::Death;
use nix::sys::signal::Signal;

pub(crate) fn die(scene: &mut Scene, death: Death) {
    match death {
        Death::TaskFails => scene.fail_the_last_task(),
        Death::Cancelled => scene.cancel(),
        Death::Interrupted => {
            scene.signal_run(Signal::SIGINT);
            // The last task is let end, which is what the first interrupt promises.
            scene.let_the_last_task_fail();
            scene.expect_end_of_run();
        }
        Death::InterruptedTwice => {
            scene.signal_run(Signal::SIGINT);
            scene.expect_notice_of_run("Ctrl-C again");
            scene.signal_run(Signal::SIGINT);
            scene.expect_end_of_run();
        }
        Death::Terminated => {
            scene.signal_run(Signal::SIGTERM);
            scene.expect_end_of_run();
        }
        Death::RunKilled => scene.kill_run(),
        Death::CoordinatorStopped => scene.stop_coordinator(),
        Death::CoordinatorKilled => scene.kill_coordinator(),
        Death::AllKilled => scene.kill_all(),
        Death::DiskLost => scene.lose_disk(),
    }
}
