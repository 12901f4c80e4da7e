from subscriptions.models.letters import Delivery, Edition, Newsletter
from subscriptions.models.people import Answer, Subscriber, Subscription, Suppression, Topic

__all__ = ["Answer", "Delivery", "Edition", "Newsletter", "Subscriber", "Subscription", "Suppression", "Topic"]
