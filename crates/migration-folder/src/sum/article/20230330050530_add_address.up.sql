-- modify "companies" table
ALTER TABLE "companies" ADD COLUMN "address" character varying NOT NULL;
