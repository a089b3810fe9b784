"""The words of objtui, each explained once."""

from __future__ import annotations

GLOSSARY: tuple[tuple[str, str], ...] = (
    # What is trained.
    ("objectness", "how likely it is that an anchor holds an object of any kind"),
    ("anchor", "a candidate box of a fixed place and size; a detector scores thousands an image"),
    ("IoU", "overlap of two boxes: the area that they share over the area that they cover"),
    (
        "head",
        "the last layer and its loss: bce, one neuron with a sigmoid and binary "
        "cross-entropy; ce, two neurons (background, object) with a softmax and "
        "cross-entropy; mse, one neuron with a sigmoid and squared error; and others",
    ),
    ("backbone", "the layers under a head; every member has its own"),
    ("member", "one head trained from one seed"),
    ("population", "all members of a run, which are trained together on the same batches"),
    ("seed", "the number that fixes a member's start and order of batches, for every head alike"),
    ("mirror", "the exact mapping that makes a ce head the twin of a bce head"),
    ("reference head", "the head that gap and disagree compare with: the mirror, else the first"),
    ("prior", "the p that every row has at the start, set by the bias of the last layer"),
    ("label smoothing", "targets drawn from 0 and 1 towards 1/2, so that logits stay bounded"),
    ("focal loss", "BCE with less weight on rows that are already right"),
    # What is measured.
    (
        "logit, z",
        "the number that every head is compared on: the neuron's output, or object minus "
        "background where there are two neurons",
    ),
    ("p", "sigmoid(z) = 1 / (1 + exp(-z)), the score of objectness"),
    ("saturated", "p below 0.01 or above 0.99, |z| above 4.6"),
    (
        "calibrated",
        "right as a probability: of the rows with p near 0.8, eight in ten are objects",
    ),
    (
        "calibration error, ECE",
        "mean distance of p from the share of objects, over 15 equal bins of p",
    ),
    ("temperature", "the T for which z / T has the least log loss; below 1: p is too cautious"),
    ("threshold", "the p from which a row is called an object"),
    (
        "precision, recall, F1",
        "of the rows called objects, the share that are; of the objects, the share that are "
        "called so; the harmonic mean of both",
    ),
    (
        "precision over recall",
        "the curve of both over all thresholds; the area below it is average precision, AP",
    ),
    ("positive, negative", "a row whose target is at least 0.5, and any other"),
    (
        "hit, false alarm, missed",
        "a detection at p >= 0.5 whose box overlaps an object's with an IoU of 0.5 that no "
        "likelier one hits; any other detection at p >= 0.5; an object without a hit",
    ),
    # What is measured of detections.
    (
        "suppression, NMS",
        "what makes detections of boxes: the likeliest stays, and those go that overlap it by "
        "more than detect.nms_iou",
    ),
    (
        "average precision, AP",
        "how well a score ranks: the mean, over recalls, of the share of objects among all that "
        "score as high",
    ),
    ("ap_p", "AP of rows ranked by p as the training's number format holds it; equal p are ties"),
    (
        "ap50, ap75",
        "AP of detections, as COCO has it: one counts where its IoU with an object that no better "
        "one has is at least 0.5, or 0.75",
    ),
    ("ap50_anchors", "the AP50 that anchors would have as they are; less than ap50: boxes pay"),
    ("recall50", "the share of objects that are hit"),
    (
        "duplicates",
        "the share of detections at p >= 0.5 that lie on an object that a likelier one has hit",
    ),
    ("box_iou", "mean IoU of the boxes of positive anchors with their objects: how well they fit"),
    ("box_loss", "the loss that moves boxes; it trains the backbone beside the head's own"),
    (
        "reach",
        "the share of objects that any box at all overlaps with an IoU of 0.5, whatever its p: "
        "recall50 cannot pass it",
    ),
    ("base rate", "the share of positive rows"),
    ("evaluation rows", "the validation rows, or the training rows where there are none"),
    (
        "interval of a difference",
        "where the mean difference of two heads lies, seed by seed, in 95 of 100 such runs, by "
        "Student's t; with one seed there is none",
    ),
    ("inside the noise", "of a difference: its interval contains 0, so it may be chance"),
    ("diverged", "a member whose parameters or logits are no longer finite"),
    # What is kept.
    ("scenario", "a TOML file that says what is trained, on which data, and what is claimed"),
    ("claim", "a sentence in a scenario, with a test that the run confirms or refutes"),
    ("verdict", "what a run says of a claim: holds, mixed or fails"),
    ("run", "one recorded training of one scenario: a single SQLite file"),
    ("trainer", "the background process that trains a run, and alone writes its frames"),
    ("frame", "what was measured at one step: scores and histograms of every member"),
    (
        "scheduled frame",
        "a frame at a step that the scenario fixes; claims rest on these alone. Live frames "
        "come between them, by the clock",
    ),
    ("sweep, cell", "runs of one scenario over a grid of settings; a setting of all of them"),
    (
        "successive halving, asha",
        "`objtui sweep --stop asha:[HEAD.]SCORE`: at a sixteenth and a quarter of the steps a cell "
        "goes on if its score is among the best quarter of the cells that have come as far, and "
        "is stopped early elsewhere. It would end a head on a plateau that it leaves later, as "
        "MSE's",
    ),
    ("checkpoint", "the whole state of a training, from which `objtui resume` goes on"),
)
"""Every word and its meaning, in the order of explaining."""
