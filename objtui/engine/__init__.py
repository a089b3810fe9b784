"""Training and measuring all members at once: the only place for torch.

A member is one head under one seed. Their parameters are slices of one tensor (`model/population`),
so that every operation is one for all of them. A step, and the files that do its parts:

    for step in chunk:                                      training, steps/stepper
        batch, target = batches of all seeds                steps/batches, ahead on a thread
        values = backbone(parameters, batch)                model/mlp            (…, units, rows)
        w, b = object − background neuron                   model/network
        u = w · values + b                                  model/network        (…, heads, rows)
        slope = sigmoid(u)                                  steps/plain_steps
        for heads that share a loss:
            slope = dL/du, from u, slope and target         model/head_loss, objtui/losses
        gradient of w, b = slope · values, mean over rows   model/network
        gradient of parameters, from w · slope              model/mlp
        clip each member's gradient to its norm             steps/optimizers
        move by the learning rate of the step               steps/optimizers
    loss of each step = mean of L(u, target) over rows      steps/plain_steps

Detectors (backbone "conv") take the same steps on whole images: tiles of them from `steps/tiles`,
values of every cell from `model/conv`, logits and box offsets of every anchor from
`model/detector`, in `steps/tile_steps`; autograd goes from their closed-form slopes to the
population's parameters. Which of the two a training takes is in `parts`.

`steps/blocked_steps` goes through a large batch block by block; `steps/compiled` takes the same
step as a program in C, or as one recorded. What a member starts at is in `model/initial`, what
makes a mirrored one exact in `model/mirror`. `scoring/evaluate` measures between steps.
"""
