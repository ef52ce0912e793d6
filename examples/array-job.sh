#!/usr/bin/env bash
# One sync on many machines, without anything that runs between syncs: the children of an array job each
# collect a shard, and a last job, which waits for them, publishes. With AWS Batch:
#
#   id=$(aws batch submit-job --job-name keyreach --job-queue "$queue" --job-definition keyreach \
#     --array-properties size=8 --query jobId --output text)
#   aws batch submit-job --job-name keyreach-publish --job-queue "$queue" --job-definition keyreach \
#     --depends-on "jobId=$id" \
#     --container-overrides 'command=["/opt/keyreach/examples/array-job.sh","publish"]'
#
# KEYREACH_STAGING is what all jobs share: s3://bucket/prefix, or a folder that all of them mount.
# Exits with what keyreach exits with; but a shard with gaps (4) has done its part, and the last job starts.
set -u
staging=${KEYREACH_STAGING:?name the shared staging, such as s3://bucket/keyreach}

if [ "${1:-}" = publish ]; then
  exec keyreach --log-format json sync --from-staging "$staging" --summary runs.jsonl
fi

# AWS Batch numbers the children from 0. Slurm does with --array=0-7, and tells their count, too.
index=${AWS_BATCH_JOB_ARRAY_INDEX:-${SLURM_ARRAY_TASK_ID:?this is no child of an array job}}
count=${AWS_BATCH_JOB_ARRAY_SIZE:-${SLURM_ARRAY_TASK_COUNT:?the number of children is not known}}

keyreach --log-format json sync --shard "$((index + 1))/$count" --staging "$staging"
left=$?
if [ "$left" -eq 4 ]; then
  exit 0
fi
exit "$left"
