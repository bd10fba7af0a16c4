-- Who has a number: a text whose end is unknown is told from the others that went to it.

create index person_phone on people.person (phone) where phone is not null;
