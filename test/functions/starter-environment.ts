/** What a deployment tells the starter and the judge, but for the store. */
export const STARTER_ENVIRONMENT = {
  HOLDFAST_ENVIRONMENT: 'prod',
  HOLDFAST_CLUSTER: 'orders',
  HOLDFAST_ECS_CLUSTER: 'arn:aws:ecs:eu-central-1:111122223333:cluster/holdfast',
  HOLDFAST_TASK_DEFINITION:
    'arn:aws:ecs:eu-central-1:111122223333:task-definition/prod-orders-backup:7',
  HOLDFAST_SUBNETS: 'subnet-1,subnet-2',
  HOLDFAST_SECURITY_GROUPS: 'sg-1',
  HOLDFAST_CAPACITY_PROVIDER: 'FARGATE_SPOT',
  HOLDFAST_TASK_LOG_GROUP: '/holdfast/prod/orders',
  HOLDFAST_ARCHIVE_LAG_LIMIT_SEC: '300',
  AWS_REGION: 'eu-central-1',
} as const;
