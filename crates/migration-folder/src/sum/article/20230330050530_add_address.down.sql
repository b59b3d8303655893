-- reverse: modify "companies" table
ALTER TABLE "companies" DROP COLUMN "address";
