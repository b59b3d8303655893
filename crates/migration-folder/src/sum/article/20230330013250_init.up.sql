-- create "companies" table
CREATE TABLE "companies" ("company_id" uuid NOT NULL, "name" character varying NOT NULL, PRIMARY KEY ("company_id"));
-- create index "company_name" to table: "companies"
CREATE UNIQUE INDEX "company_name" ON "companies" ("name");
