from subscriptions.models.audience import AudienceImport, DailyFigure, LinkTotal
from subscriptions.models.channels import ChannelAccount, ChannelPost, ChannelText
from subscriptions.models.deliveries import DeliveryEvent, Throttle, Way
from subscriptions.models.letters import Delivery, Edition, EditionStory, Newsletter
from subscriptions.models.manual import ManualLetter
from subscriptions.models.people import AddressChange, Answer, Subscriber, Subscription, Suppression, Topic
from subscriptions.models.push import PushAddress, PushDelivery, PushRound

__all__ = [
    "AddressChange",
    "Answer",
    "AudienceImport",
    "ChannelAccount",
    "ChannelPost",
    "ChannelText",
    "DailyFigure",
    "Delivery",
    "DeliveryEvent",
    "Edition",
    "EditionStory",
    "LinkTotal",
    "ManualLetter",
    "Newsletter",
    "PushAddress",
    "PushDelivery",
    "PushRound",
    "Subscriber",
    "Subscription",
    "Suppression",
    "Throttle",
    "Topic",
    "Way",
]
