//! How long to wait before a process that died is started again.

use std::time::Duration;

/// Short enough that one crash in the middle of a saga is hardly noticed.
const FIRST: Duration = Duration::from_millis(200);
/// A process that cannot start must not keep a core busy, yet come back soon after its cause is gone.
const LONGEST: Duration = Duration::from_secs(10);
/// Who ran this long has recovered: its next death is a new story.
const STEADY: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub(crate) struct BackOff {
    deaths: u32,
}

impl BackOff {
    /// Deaths in a row, none of them after a steady run.
    pub(crate) fn deaths(&self) -> u32 {
        self.deaths
    }

    /// After a death that says nothing about the process, as it was killed on purpose.
    pub(crate) fn after_being_killed() -> Duration {
        FIRST
    }

    pub(crate) fn after_running_for(&mut self, ran: Duration) -> Duration {
        if ran >= STEADY {
            self.deaths = 0;
        }
        let delay = FIRST.saturating_mul(2_u32.saturating_pow(self.deaths));
        self.deaths = self.deaths.saturating_add(1);
        delay.min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_up_to_its_limit() {
        let mut back_off = BackOff::default();
        let delays: Vec<_> = (0..40).map(|_| back_off.after_running_for(Duration::ZERO)).collect();
        assert_eq!(delays[0], FIRST);
        assert_eq!(delays[1], FIRST * 2);
        assert_eq!(delays[39], LONGEST);
    }

    #[test]
    fn a_steady_run_forgives_earlier_deaths() {
        let mut back_off = BackOff::default();
        back_off.after_running_for(Duration::ZERO);
        back_off.after_running_for(Duration::ZERO);
        assert_eq!(back_off.after_running_for(STEADY), FIRST);
    }
}
