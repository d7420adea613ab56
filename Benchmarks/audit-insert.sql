INSERT INTO access (entry, detail) VALUES (repeat('a', 280), decode(repeat('07', 220), 'hex'));
