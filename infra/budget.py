"""The budget: a letter when the month will cost more than a team wants to pay."""

from aws_cdk import Stack
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_sns as sns
from constructs import Construct

__all__ = ["Budget"]


class Budget(Construct):
    """Of the account's whole month; told at four fifths, and when the forecast is above it."""

    def __init__(self, scope: Construct, name: str, *, limit_usd: int, topic: sns.ITopic) -> None:
        super().__init__(scope, name)
        of = budgets.CfnBudget
        to = of.SubscriberProperty(subscription_type="SNS", address=topic.topic_arn)
        budgets.CfnBudget(
            self,
            "Month",
            budget=of.BudgetDataProperty(
                budget_name=f"{Stack.of(self).stack_name}-month",
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=of.SpendProperty(amount=limit_usd, unit="USD"),
            ),
            notifications_with_subscribers=[
                of.NotificationWithSubscribersProperty(
                    notification=of.NotificationProperty(
                        notification_type=kind,
                        comparison_operator="GREATER_THAN",
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[to],
                )
                for kind, percent in (("ACTUAL", 80), ("FORECASTED", 100))
            ],
        )
