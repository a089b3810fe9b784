"""One run's seeds shared out over a cluster: parts trained on its nodes, merged here into one run.

Nobody but the driver writes: parts send what they measure, the driver merges and records it.
`sharded` is a training like any other to its recorder, and knows no Ray; `parts` is what a part
sends and what a pool of them is; `worker` trains a part; `ray_pool` is such a pool on Ray, `here`
one in this process; `container` is the checkpoint of all parts; `connect` says what is wrong with
an address before Ray is asked; `keeper` is the process that holds a cluster of this machine alone.
"""
