"""Sample pictures with the boxes that the heads of a detector lay over them."""
