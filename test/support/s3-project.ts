import { inject } from 'vitest';
import { s3Environment } from './s3-environment.ts';

// Before each test file: its stores, and those of the programs that it starts, are buckets.
Object.assign(process.env, s3Environment(inject('s3Endpoint')));
