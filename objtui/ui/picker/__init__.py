"""What a bare `objtui` opens: scenarios and recorded runs to choose from."""
