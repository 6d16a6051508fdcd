//! What is said on an issue or pull request, other issues, and the newest commit.

use perch_core::facts::{Remark, Ticket};
use perch_core::patch::Base;
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use super::source::Source;
use crate::facts::Lack;
use crate::http::address::encode;
use crate::tickets::{self, ISSUES, REMARKS, in_order, remark};

impl Source<'_> {
    /// Comments, and of a pull request what its reviews say.
    pub(super) async fn thread(&mut self) -> Result<Vec<Remark>, Lack> {
        let (number, is_pull) = tickets::place(self)?;
        let rest = format!("/issues/{number}/comments");
        // This one list knows no pages.
        let said = self.json(&rest, "the comments").await?;
        let mut said = said.as_array().cloned().unwrap_or_default();
        said.truncate(REMARKS);
        if is_pull {
            let rest = format!("/pulls/{number}/reviews");
            let reviews = self.counted(&rest, None, "the reviews", REMARKS).await?;
            said.extend(reviews);
        }
        Ok(in_order(said.iter().filter_map(remark).collect()))
    }

    pub(super) async fn issues(&mut self) -> Result<Vec<Ticket>, Lack> {
        let rest = "/issues?state=all&type=issues&sort=newest";
        let what = "the list of issues";
        let listed = self.counted(rest, None, what, ISSUES).await?;
        Ok(tickets::others(self, &listed))
    }

    /// The newest commit of the default branch, if it can be had.
    pub(super) async fn newest(&mut self) -> Result<Option<Base>, ProviderError> {
        let found = async {
            let branch = tickets::default_branch(self).await?;
            let rest = format!("/branches/{}", encode(&branch));
            let found = self.json(&rest, "the newest commit").await?;
            let sha = found.pointer("/commit/id").and_then(Value::as_str);
            Ok((branch, sha.map(ToOwned::to_owned)))
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
