//! Counting votes: when is it decided, and how.

use crate::error::NodeFailure;
use crate::scripts::Vote;

/// How a round ended. Each is final: votes that are still out cannot change it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A majority granted.
    Granted,
    /// A majority answered, but a majority to grant can no longer come together.
    Refused,
    /// A majority can no longer be reached.
    Unreachable,
}

#[derive(Debug)]
pub(crate) struct Tally {
    nodes: usize,
    granted: Vec<i64>,
    refused: Vec<u64>,
    failures: Vec<NodeFailure>,
}

impl Tally {
    pub(crate) fn of(nodes: usize) -> Self {
        Self { nodes, granted: Vec::new(), refused: Vec::new(), failures: Vec::new() }
    }

    pub(crate) fn count(&mut self, answer: Result<Vote, NodeFailure>) {
        match answer {
            Ok(Vote::Granted(number)) => self.granted.push(number),
            Ok(Vote::Refused(position)) => self.refused.push(position),
            Err(failure) => self.failures.push(failure),
        }
    }

    pub(crate) fn quorum(&self) -> usize {
        self.nodes / 2 + 1
    }

    /// `None` while the votes that are still out matter.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        let out = self.nodes - self.reached() - self.failures.len();
        if self.granted.len() >= self.quorum() {
            Some(Verdict::Granted)
        } else if self.reached() + out < self.quorum() {
            Some(Verdict::Unreachable)
        } else if self.reached() >= self.quorum() && self.granted.len() + out < self.quorum() {
            Some(Verdict::Refused)
        } else {
            None
        }
    }

    pub(crate) fn nodes(&self) -> usize {
        self.nodes
    }

    /// Nodes that answered, whatever they said.
    pub(crate) fn reached(&self) -> usize {
        self.granted.len() + self.refused.len()
    }

    pub(crate) fn highest(&self) -> Option<i64> {
        self.granted.iter().copied().max()
    }

    /// Whether a majority granted with just this number.
    pub(crate) fn agreed_on(&self, number: i64) -> bool {
        self.granted.iter().filter(|granted| **granted == number).count() >= self.quorum()
    }

    /// The position that a refusing node named.
    pub(crate) fn refusal(&self) -> Option<u64> {
        self.refused.first().copied()
    }

    pub(crate) fn into_failures(self) -> Vec<NodeFailure> {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(nodes: usize, votes: &str) -> Tally {
        let mut tally = Tally::of(nodes);
        for vote in votes.chars() {
            tally.count(match vote {
                'y' => Ok(Vote::Granted(1)),
                'n' => Ok(Vote::Refused(1)),
                _ => Err(NodeFailure { node: String::new(), reason: String::new() }),
            });
        }
        tally
    }

    #[test]
    fn a_majority_that_grants_decides_without_the_rest() {
        assert_eq!(tally(3, "yy").verdict(), Some(Verdict::Granted));
        assert_eq!(tally(5, "yxnyy").verdict(), Some(Verdict::Granted));
        assert_eq!(tally(2, "y").verdict(), None);
    }

    #[test]
    fn a_majority_that_refuses_decides_without_the_rest() {
        assert_eq!(tally(3, "nn").verdict(), Some(Verdict::Refused));
        assert_eq!(tally(1, "n").verdict(), Some(Verdict::Refused));
    }

    #[test]
    fn a_majority_that_fails_decides_without_the_rest() {
        assert_eq!(tally(3, "xx").verdict(), Some(Verdict::Unreachable));
        assert_eq!(tally(5, "yxxx").verdict(), Some(Verdict::Unreachable));
    }

    #[test]
    fn contention_is_told_from_an_outage_by_waiting_for_the_vote_that_tells() {
        assert_eq!(tally(3, "nx").verdict(), None);
        assert_eq!(tally(3, "nxx").verdict(), Some(Verdict::Unreachable));
        assert_eq!(tally(3, "nxy").verdict(), Some(Verdict::Refused));
    }

    #[test]
    fn every_full_count_is_decided_and_no_early_verdict_is_ever_overturned() {
        for nodes in 1..=5 {
            for code in 0..3_usize.pow(nodes) {
                let votes: String = (0..nodes).map(|node| ['y', 'n', 'x'][code / 3_usize.pow(node) % 3]).collect();
                let last = tally(nodes as usize, &votes).verdict();
                assert!(last.is_some(), "{votes} of {nodes} is undecided");
                for early in 0..votes.len() {
                    let verdict = tally(nodes as usize, &votes[..early]).verdict();
                    assert!(verdict.is_none() || verdict == last, "{votes} after {early}");
                }
            }
        }
    }
}
