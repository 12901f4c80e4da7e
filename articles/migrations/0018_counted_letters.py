from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0017_what_was_set_aside")]

    operations = [
        migrations.AddField(
            model_name="sitesettings",
            name="counts_letters",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Readers are then asked on their own page; letters to those who agree carry an invisible"
                " picture and counted links to your site. It is noted whether a letter was opened and a link followed,"
                " never when or where. Off: nobody is asked, and nothing is counted.",
                verbose_name="count opened letters and followed links",
            ),
        ),
    ]
