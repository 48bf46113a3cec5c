import { TARGET_GROUP_PREFIX } from "../../provider/src/environment/own";
import { nameProject, nameSecret } from "../../provider/src/showtime/names";
import { MANAGED_BY, TAGS } from "../../provider/src/showtime/tags";
import { allow, type Conditions, type Statement } from "./policy";

/** What permissions are limited to. */
export interface Limits {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
  readonly project: string;
  readonly clusterName: string;
  readonly clusterArn: string;
  readonly imageRepositoryArn: string;
  readonly logGroupArn: string;
  readonly stateBucket: string;
  readonly taskRoleArn: string;
  readonly executionRoleArn: string;
  readonly listenerArn: string | undefined;
  /** Route 53: records of environments, where no balancer answers for all. */
  readonly records: { readonly zone: string; readonly domain: string } | undefined;
}

/** What environments are made of, by the ARNs that their names give them. */
function nameResources({ partition, account, region, project, clusterName, ...limits }: Limits) {
  const of = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${account}:${rest}`;
  const anySecret = nameSecret(project, { pullRequest: 0, commit: "" }).replace("pr-0-", "pr-*");
  return {
    services: of("ecs", `service/${clusterName}/pr-*`),
    anyService: of("ecs", `service/${clusterName}/*`),
    tasks: of("ecs", `task/${clusterName}/*`),
    anyTaskDefinition: of("ecs", "task-definition/*:*"),
    taskDefinitions: of("ecs", `task-definition/${project}-pr-*:*`),
    secrets: of("secretsmanager", `secret:${anySecret}`),
    targetGroups: of("elasticloadbalancing", `targetgroup/${TARGET_GROUP_PREFIX}*/*`),
    rules: limits.listenerArn?.replace(":listener/", ":listener-rule/").concat("/*"),
    streams: `${limits.logGroupArn}:log-stream:*`,
    state: `arn:${partition}:s3:::${limits.stateBucket}`,
  };
}

/** That what is changed is this project's. */
const isOurs = ({ project }: Limits): Conditions => ({
  StringEquals: { [`aws:ResourceTag/${TAGS.project}`]: project, [`aws:ResourceTag/${TAGS.managedBy}`]: MANAGED_BY },
});

/** That what is made becomes this project's. */
const becomesOurs = ({ project }: Limits) => ({
  [`aws:RequestTag/${TAGS.project}`]: project,
  [`aws:RequestTag/${TAGS.managedBy}`]: MANAGED_BY,
});

/** That it is ours, and no tag says afterwards that it is another project's. */
const staysOurs = (limits: Limits): Conditions => ({
  ...isOurs(limits),
  StringEqualsIfExists: becomesOurs(limits),
});

/** Looking at environments. It reads no login and changes nothing. */
export function allowPreview(limits: Limits): Statement[] {
  const resources = nameResources(limits);
  return [
    allow("ReadServices", ["ecs:DescribeServices", "ecs:ListTagsForResource"], [resources.anyService]),
    allow("ReadTasks", ["ecs:DescribeTasks"], [resources.tasks]),
    allow("ListServices", ["ecs:ListServices", "ecs:ListTasks"], ["*"], {
      ArnEquals: { "ecs:cluster": limits.clusterArn },
    }),
    // These know no resources and no conditions (AWS's service authorization reference).
    allow(
      "ReadLists",
      [
        "ecs:DescribeTaskDefinition",
        "ecs:ListTaskDefinitions",
        "ecs:ListTaskDefinitionFamilies",
        "ec2:DescribeNetworkInterfaces",
        "secretsmanager:ListSecrets",
      ],
      ["*"],
    ),
    allow(
      "ReadImages",
      ["ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:ListTagsForResource"],
      [limits.imageRepositoryArn],
    ),
    allow(
      "ListStreams",
      ["logs:DescribeLogStreams", "logs:ListTagsForResource"],
      [limits.logGroupArn, `${limits.logGroupArn}:*`],
    ),
    allow("ReadLogs", ["logs:GetLogEvents"], [resources.streams]),
    allow("ReadSecretFacts", ["secretsmanager:DescribeSecret"], [resources.secrets]),
    ...readAddresses(limits),
  ];
}

function readAddresses({ listenerArn, records, partition }: Limits): Statement[] {
  const describe = ["Listeners", "Rules", "Tags", "TargetGroups", "TargetHealth"];
  return [
    ...(listenerArn === undefined
      ? []
      : [
          allow(
            "ReadBalancer",
            describe.map((what) => `elasticloadbalancing:Describe${what}`),
            ["*"],
          ),
        ]),
    ...(records === undefined
      ? []
      : [allow("ReadRecords", ["route53:ListResourceRecordSets"], [nameZone(partition, records.zone)])]),
  ];
}

const nameZone = (partition: string, zone: string) => `arn:${partition}:route53:::hostedzone/${zone}`;

/** Removing environments: what deploying and cleaning up share. */
function allowRemoval(limits: Limits): Statement[] {
  const resources = nameResources(limits);
  return [
    ...allowPreview(limits),
    allow("ChangeServices", ["ecs:UpdateService", "ecs:DeleteService"], [resources.services], isOurs(limits)),
    // AWS takes no resource and no condition for it.
    allow("DeregisterTaskDefinitions", ["ecs:DeregisterTaskDefinition"], ["*"]),
    allow("DeleteTaskDefinitions", ["ecs:DeleteTaskDefinitions"], [resources.taskDefinitions], isOurs(limits)),
    allow("DeleteImages", ["ecr:BatchDeleteImage"], [limits.imageRepositoryArn]),
    allow("DeleteStreams", ["logs:DeleteLogStream"], [resources.streams]),
    allow("DeleteSecrets", ["secretsmanager:DeleteSecret"], [resources.secrets], isOurs(limits)),
    ...removeAddresses(limits),
    ...useState(limits),
  ];
}

function removeAddresses(limits: Limits): Statement[] {
  const { targetGroups, rules } = nameResources(limits);
  const remove = ["elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:DeleteRule"];
  return [
    ...(rules === undefined ? [] : [allow("RemoveFromBalancer", remove, [targetGroups, rules], isOurs(limits))]),
    ...changeRecords(limits),
  ];
}

function changeRecords({ records, partition }: Limits): Statement[] {
  if (records === undefined) return [];
  return [
    allow("ChangeRecords", ["route53:ChangeResourceRecordSets"], [nameZone(partition, records.zone)], {
      "ForAllValues:StringLike": {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": [`pr-*.${records.domain}`],
      },
      "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": ["A", "TXT"] },
    }),
  ];
}

/** Pulumi's state: the stacks of this project's pull requests. Names of other files in the bucket can be listed. */
function useState(limits: Limits): Statement[] {
  const { state } = nameResources(limits);
  const project = nameProject(limits.project);
  const folders = ["stacks", "history", "backups", "locks/organization"];
  const files = folders.map((folder) => `${state}/.pulumi/${folder}/${project}/*`);
  return [
    allow("ListState", ["s3:ListBucket"], [state]),
    allow("UseState", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], files),
    allow("UseStateVersion", ["s3:GetObject", "s3:PutObject"], [`${state}/.pulumi/meta.yaml`]),
  ];
}

/** Making, changing and removing environments, and pushing their images. */
export function allowDeploy(limits: Limits): Statement[] {
  const resources = nameResources(limits);
  return [
    ...allowRemoval(limits),
    allow("MakeServices", ["ecs:CreateService"], [resources.services], {
      StringEquals: becomesOurs(limits),
      ArnEquals: { "ecs:cluster": limits.clusterArn },
    }),
    allow("MakeTaskDefinitions", ["ecs:RegisterTaskDefinition"], [resources.taskDefinitions], {
      StringEquals: becomesOurs(limits),
    }),
    allow("TagNew", ["ecs:TagResource"], [resources.services, resources.taskDefinitions, resources.tasks], {
      StringEquals: {
        ...becomesOurs(limits),
        "ecs:CreateAction": ["CreateService", "RegisterTaskDefinition", "RunTask"],
      },
    }),
    allow("Tag", ["ecs:TagResource"], [resources.services, resources.taskDefinitions], staysOurs(limits)),
    allow("GiveRoles", ["iam:PassRole"], [limits.taskRoleArn, limits.executionRoleArn], {
      StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
    }),
    allow("MakeSecrets", ["secretsmanager:CreateSecret"], [resources.secrets], { StringEquals: becomesOurs(limits) }),
    // Without the condition no new secret could be tagged: the names are this project's.
    allow("TagSecrets", ["secretsmanager:TagResource"], [resources.secrets], {
      StringEqualsIfExists: becomesOurs(limits),
    }),
    // The branch's assets are put into the environment with its login.
    allow("ReadSecrets", ["secretsmanager:GetSecretValue"], [resources.secrets], isOurs(limits)),
    ...pushImages(limits),
    ...makeAddresses(limits),
  ];
}

function pushImages({ imageRepositoryArn }: Limits): Statement[] {
  const push = [
    "BatchCheckLayerAvailability",
    "BatchGetImage",
    "CompleteLayerUpload",
    "GetDownloadUrlForLayer",
    "InitiateLayerUpload",
    "PutImage",
    "UploadLayerPart",
  ];
  return [
    allow("LogInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
    allow(
      "PushImages",
      push.map((action) => `ecr:${action}`),
      [imageRepositoryArn],
    ),
  ];
}

function makeAddresses(limits: Limits): Statement[] {
  const { targetGroups, rules } = nameResources(limits);
  if (limits.listenerArn === undefined || rules === undefined) return [];
  const of = (actions: readonly string[]) => actions.map((action) => `elasticloadbalancing:${action}`);
  const ours = becomesOurs(limits);
  return [
    allow("AddToBalancer", of(["CreateTargetGroup", "CreateRule"]), [targetGroups, limits.listenerArn], {
      StringEquals: ours,
    }),
    allow("TagNewInBalancer", of(["AddTags"]), [targetGroups, rules], {
      StringEquals: { ...ours, "elasticloadbalancing:CreateAction": ["CreateTargetGroup", "CreateRule"] },
    }),
    allow("TagInBalancer", of(["AddTags"]), [targetGroups, rules], staysOurs(limits)),
    allow(
      "ChangeInBalancer",
      of(["ModifyRule", "ModifyTargetGroup", "ModifyTargetGroupAttributes"]),
      [targetGroups, rules],
      isOurs(limits),
    ),
  ];
}

/** Removing what nobody needs any more. It can make nothing, and pass no role. */
export function allowCleanup(limits: Limits, takesOverShowtime: boolean): Statement[] {
  return [...allowRemoval(limits), ...(takesOverShowtime ? removeLegacy(limits) : [])];
}

/** Superset Showtime has no tags of ours, and one family for all pull requests. What is deregistered can be deleted. */
function removeLegacy(limits: Limits): Statement[] {
  const { services, anyTaskDefinition } = nameResources(limits);
  return [
    allow("DeleteOldServices", ["ecs:DeleteService"], [`${services}-service`]),
    allow("DeleteOldTaskDefinitions", ["ecs:DeleteTaskDefinitions"], [anyTaskDefinition]),
  ];
}

/** What ECS itself does for a task: image, logs, login. */
export function allowExecution(limits: Limits): Statement[] {
  const { secrets, streams } = nameResources(limits);
  return [
    allow("LogInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
    allow(
      "PullImages",
      ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      [limits.imageRepositoryArn],
    ),
    allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [streams]),
    allow("ReadSecrets", ["secretsmanager:GetSecretValue"], [secrets]),
  ];
}
