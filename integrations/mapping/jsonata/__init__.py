"""JSONata: expressions of experts as one operation of a plan, and the import of whole maps.

The engine is a library behind ``engine.py``; ``adapter.py`` takes values to it and back without losing any
digit that it does not say; ``importing.py`` makes a plan of a map.
"""
