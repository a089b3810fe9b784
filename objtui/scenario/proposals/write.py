"""The scenario for somebody's data, as commented TOML text."""

from __future__ import annotations

from objtui.scenario.proposals.images import of_images
from objtui.scenario.proposals.proposal import Proposal
from objtui.scenario.proposals.rows import of_features, of_logits
from objtui.scenario.proposals.survey import ImageSurvey


def proposal_text(proposal: Proposal) -> str:
    """The scenario; it is valid, and a first training of it takes less than a minute."""
    survey = proposal.survey
    if isinstance(survey, ImageSurvey):
        return of_images(proposal, survey)
    if proposal.user_data.kind == "logits":
        return of_logits(proposal, survey)
    return of_features(proposal, survey)
