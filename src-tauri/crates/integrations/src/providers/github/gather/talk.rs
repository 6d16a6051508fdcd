//! What is said on an issue or pull request, other issues, and the newest commit.

use perch_core::facts::{Remark, Ticket};
use perch_core::patch::Base;
use perch_core::seam::provider::ProviderError;

use super::source::Source;
use crate::facts::Lack;
use crate::http::address::part;
use crate::tickets::{self, ISSUES, REMARKS, in_order, remark};

impl Source<'_> {
    /// Comments, and of a pull request what its reviews say.
    pub(super) async fn thread(&mut self) -> Result<Vec<Remark>, Lack> {
        let (number, is_pull) = tickets::place(self)?;
        let rest = format!("/issues/{number}/comments?per_page=100");
        let mut said = self.list(&rest, None, "the comments", REMARKS).await?;
        if is_pull {
            for part in ["reviews", "comments"] {
                let rest = format!("/pulls/{number}/{part}?per_page=100");
                match self.list(&rest, None, "the reviews", REMARKS).await {
                    Ok(more) => said.extend(more),
                    Err(Lack::Missing(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(in_order(said.iter().filter_map(remark).collect()))
    }

    pub(super) async fn issues(&mut self) -> Result<Vec<Ticket>, Lack> {
        let rest = "/issues?state=all&sort=created&direction=desc&per_page=100";
        let listed = self.list(rest, None, "the list of issues", ISSUES).await?;
        Ok(tickets::others(self, &listed))
    }

    /// The newest commit of the default branch, if it can be had.
    pub(super) async fn newest(&mut self) -> Result<Option<Base>, ProviderError> {
        let found = async {
            let branch = tickets::default_branch(self).await?;
            let rest = format!("/commits/{}", part(&branch));
            let commit = self.json(&rest, "the newest commit").await?;
            Ok((branch, commit["sha"].as_str().map(ToOwned::to_owned)))
        };
        match found.await {
            Ok((branch, sha)) => Ok(sha.map(|commit| Base {
                commit,
                branch: Some(branch),
                ..Base::default()
            })),
            Err(Lack::Missing(_)) => Ok(None),
            Err(Lack::Failed(error)) => Err(error),
        }
    }
}
