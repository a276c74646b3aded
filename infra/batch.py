"""Many photos: a distributed map over a folder of a bucket, each batch one call of the function."""

from typing import Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from infra.buckets import ANSWERS, PHOTOS
from infra.code import retention
from infra.settings import Settings

__all__ = ["Batch"]

_PHOTOS_PER_CALL: Final = 20
_SHARE: Final = 2
"""A map takes one in so many of the function's places; the rest is for people who wait."""
_TOLERATED_PERCENT: Final = 5


class Batch(Construct):
    """A state machine: photos below ``photos/`` → the function → JSON Lines in ``answers/``."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        collections: s3.IBucket,
        function: lambda_.IFunction,
        settings: Settings,
    ) -> None:
        super().__init__(scope, name)
        places = settings.concurrency - settings.provisioned
        every_photo = sfn.DistributedMap(
            self,
            "EveryPhoto",
            item_reader=sfn.S3ObjectsItemReader(bucket=collections, prefix=PHOTOS),
            item_selector={"bucket": collections.bucket_name, "key.$": "$$.Map.Item.Value.Key"},
            item_batcher=sfn.ItemBatcher(max_items_per_batch=_PHOTOS_PER_CALL),
            max_concurrency=max(1, places // _SHARE),
            tolerated_failure_percentage=_TOLERATED_PERCENT,
            result_writer_v2=sfn.ResultWriterV2(
                bucket=collections,
                prefix=ANSWERS.rstrip("/"),
                writer_config=sfn.WriterConfig(
                    output_type=sfn.OutputType.JSONL, transformation=sfn.Transformation.FLATTEN
                ),
            ),
        )
        every_photo.item_processor(_identifying(self, function))
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            definition_body=sfn.DefinitionBody.from_chainable(every_photo),
            timeout=Duration.days(1),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=logs.LogGroup(
                    self,
                    "Log",
                    log_group_name=f"/aws/vendedlogs/states/{name.lower()}-{scope.node.id.lower()}",
                    retention=retention(settings.log_days),
                    removal_policy=RemovalPolicy.DESTROY,
                ),
                level=sfn.LogLevel.ERROR,
                include_execution_data=False,
            ),
        )
        if settings.batch_schedule:
            scheduler.Schedule(
                self,
                "Schedule",
                schedule=scheduler.ScheduleExpression.expression(settings.batch_schedule),
                target=targets.StepFunctionsStartExecution(self.machine),
            )


def _identifying(scope: Construct, function: lambda_.IFunction) -> tasks.LambdaInvoke:
    call = tasks.LambdaInvoke(
        scope,
        "Identify",
        lambda_function=function,
        payload_response_only=True,
        retry_on_service_exceptions=False,
    )
    call.add_retry(
        errors=["Lambda.TooManyRequestsException", "Lambda.ServiceException", "States.Timeout"],
        interval=Duration.seconds(2),
        backoff_rate=2,
        max_attempts=6,
        max_delay=Duration.minutes(1),
        jitter_strategy=sfn.JitterType.FULL,
    )
    return call
