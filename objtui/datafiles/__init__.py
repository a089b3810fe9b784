"""Files of numbers that others have made: opened, read and complained about, without torch.

What is in them is for whoever reads them: features and targets of a scenario, or logits and
targets to be measured.
"""
