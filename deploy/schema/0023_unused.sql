-- What nothing uses.

-- prove_next took its place.
drop function if exists agency.prove(int[]);
