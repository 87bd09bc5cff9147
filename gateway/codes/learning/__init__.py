"""Train and apply the model: everything that needs scikit-learn and numpy.

Import it inside the function that uses it. It takes a second to import, which no other command should wait for.
"""
