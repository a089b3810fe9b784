"""The dashboard on one run or several: its application, its screen, what its keys do."""
