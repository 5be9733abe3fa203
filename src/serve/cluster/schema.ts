/** Advisory lock under which the schema is made: one replica at a time. */
export const SCHEMA_LOCK = 774_411;

/**
 * Steps of the schema, each run once. A step only adds, and nothing that a version before it writes
 * may fail by it: during an update two versions work side by side.
 */
export const MIGRATIONS: readonly string[] = [
  `
  create table replica (
    id text primary key,
    url text not null,
    expires timestamptz not null
  );
  create sequence fence;
  create table owner (
    caller text primary key,
    replica text not null,
    token bigint not null
  );
  create index owner_replica on owner (replica);
  create table job (
    id text primary key,
    caller text not null,
    host text not null,
    session text not null,
    replica text not null,
    finished boolean not null,
    created timestamptz not null,
    record text not null,
    head text not null,
    tail_start bigint not null,
    tail text not null
  );
  create index job_caller on job (caller, created desc);
  create index job_created on job (created);
  `,
  "alter table replica add column looked timestamptz",
];
